"""A call of several hours, made up."""

from pipeline.desk.made_up import made_up_call as long_call

__all__ = ["long_call"]
