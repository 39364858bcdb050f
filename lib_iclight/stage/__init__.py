"""A light stage: pictures of one subject, each in the light of one lamp, of which any light is mixed afterwards.

Light adds up: the picture under two lamps is the sum of the pictures under each, in linear light. Source: Debevec et
al. 2000, Acquiring the Reflectance Field of a Human Face.
"""
