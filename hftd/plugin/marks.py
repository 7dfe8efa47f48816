"""The two marks that join a plugin's function to a hook: ``hookspec`` on ours, ``hookimpl`` on theirs."""

import pluggy

hookspec = pluggy.HookspecMarker("hftd")
hookimpl = pluggy.HookimplMarker("hftd")
