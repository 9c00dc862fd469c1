namespace ContentMonster.Sftp.Client;

/// <summary>One request that someone awaits. A caller may leave; the entry in the table stays until the server has answered.</summary>
/// <param name="asked">Most bytes of data its reply may carry.</param>
/// <param name="path">The file or directory that it is about; empty: none.</param>
internal sealed class Request(ReplyKind kind, int asked, ReadOnlyMemory<byte> path)
{
    private readonly TaskCompletionSource<Reply> _reply = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ReplyKind Kind => kind;

    public int Asked => asked;

    public ReadOnlyMemory<byte> Path => path;

    public Task<Reply> Task => _reply.Task;

    /// <summary>False where the caller has left: what the reply holds is then nobody's.</summary>
    public bool TryComplete(in Reply reply) => _reply.TrySetResult(reply);

    public void Fail(Exception why) => _reply.TrySetException(why);

    public void Abandon(CancellationToken cancellationToken) => _reply.TrySetCanceled(cancellationToken);
}
