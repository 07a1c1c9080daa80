"""The errors of callcoach: one shallow tree.

CallcoachError
├── AudioError      a recording or device cannot be used
├── ModelError      a speech model cannot be found or loaded
├── AsrError        an utterance could not be recognised
├── RulebookError   a rulebook is invalid; the message names file, rule and field
├── SettingsError   a setting is invalid; the message names it, what was given and what was wanted
├── FactsError      a facts file is invalid
└── StoreError      records cannot be kept

Messages say what was given, what was wanted and where.
"""


class CallcoachError(Exception):
    """Base of all errors a user may see as one clear line."""


class AudioError(CallcoachError):
    pass


class ModelError(CallcoachError):
    pass


class AsrError(CallcoachError):
    pass


class RulebookError(CallcoachError):
    pass


class SettingsError(CallcoachError):
    pass


class FactsError(CallcoachError):
    pass


class StoreError(CallcoachError):
    pass
