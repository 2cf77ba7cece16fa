print("gatespec")
