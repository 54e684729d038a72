"""How each language of the pages writes a day and an hour (see FORMAT_MODULE_PATH in Django)."""
