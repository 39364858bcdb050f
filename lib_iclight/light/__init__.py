"""Where light comes from: lamps, presets, light maps, and the light of a picture."""
