"""The engine with model files: Stable Diffusion 1.5 and IC-Light by the ``diffusers`` library's modules."""
