"""Run by the WebUI before it starts. Nothing is installed: the hosts have all that the extension needs."""
