"""From a request to what is shown to the VAE, and how a lit subject comes back onto a background."""
