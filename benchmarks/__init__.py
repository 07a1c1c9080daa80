from pipeline import quiet as quiet  # before any library that might use the network
