"""Whatever anybody sends: a clear refusal, never a crash, never a hang, never half a record."""
