"""How forms are drawn: one accessible template for every field of every room."""

from django.forms.renderers import TemplatesSetting


class Renderer(TemplatesSetting):
    """Draws forms and fields with our own templates, found like any other template."""

    form_template_name = "kit/form_fields.html"
    field_template_name = "kit/field.html"
