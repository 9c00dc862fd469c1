namespace ContentMonster.Sftp.Client;

/// <summary>
/// Over a long way, lets the window of a session grow with what comes to the server's TCP, from its first write until one is answered: that takes up to a
/// round trip more, for the server's TCP holds back a small packet while an earlier one is on its way (RFC 896), and meanwhile the line would be idle. Not
/// for longer than an acknowledgement may take for the window to grow with it: what comes later has waited on this side.
/// </summary>
internal sealed class WindowStarter(Session session, SftpOptions options)
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);

    // Guarded by the session's gate.
    private ITimer? _timer;
    private bool _over;
    private TimeSpan _begun;
    private long? _arrived;

    /// <summary>A write goes out. Called under the gate.</summary>
    public void WriteLeaves()
    {
        if (_over || _timer is not null)
            return;
        if (options.Link is null || !UploadWindow.IsFar(session.RoundTrip))
            End();
        else
            Begin();
    }

    private void Begin()
    {
        _begun = session.Now;
        _timer = options.Time.CreateTimer(static state => ((WindowStarter)state!).Look(), this, TimeSpan.Zero, Step);
    }

    /// <summary>It is not needed any more. Called under the gate.</summary>
    public void End()
    {
        _over = true;
        _timer?.Dispose();
        _timer = null;
    }

    private void Look()
    {
        long? arrived = options.Link!.Invoke()?.Arrived;
        lock (session.Gate)
        {
            if (_over)
                return;
            if (session.Now - _begun > UploadWindow.LongestToGrow(session.RoundTrip))
                End();
            else if (arrived > _arrived)
                session.Window.Arrived(arrived.Value - _arrived.Value);
            _arrived = arrived;
        }
    }
}
