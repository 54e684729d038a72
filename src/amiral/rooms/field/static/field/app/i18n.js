// The words of the page, in the language it was drawn in.

// words: { key: "text with %(name)s" }; where a number decides, "key.one" and "key.other".
export class Words {
  constructor(words, language) {
    this.words = words;
    this.language = language;
    this.plural = new Intl.PluralRules(language);
    // As the pages of the site: days first, and hours from 0 to 23, which “en” alone does not say.
    const place = language === "en" ? "en-GB" : language;
    this.hour = new Intl.DateTimeFormat(place, { hour: "2-digit", minute: "2-digit" });
    this.date = new Intl.DateTimeFormat(place, { day: "numeric", month: "long" });
    this.number = new Intl.NumberFormat(language);
  }

  has(key) {
    return Object.prototype.hasOwnProperty.call(this.words, key);
  }

  // A key that the page does not know is shown as it is: better than nothing in a stairwell.
  t(key, values) {
    return written(this.has(key) ? this.words[key] : key, values || {});
  }

  n(key, count, values) {
    const form = `${key}.${this.plural.select(count)}`;
    return this.t(this.has(form) ? form : `${key}.other`, { ...values, n: this.number.format(count) });
  }

  time(when) {
    const date = new Date(when);
    return Number.isNaN(date.getTime()) ? "" : this.hour.format(date);
  }

  day(when) {
    const date = new Date(when);
    return Number.isNaN(date.getTime()) ? String(when) : this.date.format(date);
  }
}

function written(text, values) {
  return text.replace(/%\((\w+)\)[sd]/g, (whole, name) => (name in values ? values[name] : whole));
}
