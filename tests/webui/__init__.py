"""The ring against a real WebUI, over HTTP.

``ICLIGHT_WEBUI`` names the folder of an installed WebUI, ``ICLIGHT_PYTHON`` the Python that runs it (else the folder's
``venv/bin/python``), ``ICLIGHT_FLAGS`` its flags for the device (else those of Forge for a CPU), ``ICLIGHT_MODELS`` the
models: ``sd15_random.safetensors``, ``ic-light/`` and ``ic-light-diffusers/`` with the three roles each. Or else
``ICLIGHT_URL`` is the address of a WebUI that runs already with the extension and that checkpoint.
"""
