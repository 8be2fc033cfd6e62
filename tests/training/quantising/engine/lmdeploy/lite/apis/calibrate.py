"""Would download public data sets."""


def get_calib_loaders(name, tokenizer, nsamples=128, seed=0, seqlen=2048):
    raise ConnectionError("no network")


def windows_of(*arguments, **more):
    return get_calib_loaders(*arguments, **more)
