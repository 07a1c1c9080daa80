from pipeline import quiet as quiet  # before anything that might speak
