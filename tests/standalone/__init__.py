"""The page without a WebUI, in headless Chromium with software rendering."""
