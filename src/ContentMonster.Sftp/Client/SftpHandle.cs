namespace ContentMonster.Sftp.Client;

/// <summary>An open file or directory on the server, good for the session that opened it, until it is closed.</summary>
public sealed class SftpHandle
{
    internal SftpHandle(byte[] value, Session owner, ReadOnlyMemory<byte> path)
    {
        Value = value;
        Owner = owner;
        Path = path;
    }

    internal byte[] Value { get; }

    internal Session Owner { get; }

    /// <summary>By which it was opened.</summary>
    internal ReadOnlyMemory<byte> Path { get; }

    // Changes, guarded by the session's gate.

    internal bool Closed { get; set; }

    internal int WritesInFlight { get; set; }

    /// <summary>Set while a close waits for the last write: a server may give the same handle bytes to the next file it opens.</summary>
    internal TaskCompletionSource? Idle { get; set; }

    internal void ThrowIfClosed() => ObjectDisposedException.ThrowIf(Closed, this);

    /// <summary>A handle of another session is a mistake that must not reach the server: its bytes may name another file there.</summary>
    internal void ThrowIfNotOf(Session session)
    {
        if (!ReferenceEquals(Owner, session))
            throw new ArgumentException("Could not use the handle, because another session opened it.", nameof(session));
        ThrowIfClosed();
    }
}
