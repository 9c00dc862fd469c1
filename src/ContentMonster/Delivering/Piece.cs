using ContentMonster.Model;
using ContentMonster.Vessels;

namespace ContentMonster.Delivering;

/// <summary>
/// A run of bytes that waits for a lane: what is still missing of a segment of one chunk. When <c>wanted</c> is cancelled its shipment is over: a lane that
/// has it lets go of it, and with it of the source.
/// </summary>
/// <param name="part">The file, where it may have to be made first; null: it is there.</param>
/// <param name="begun">Told when a lane has asked for the file to be opened.</param>
internal sealed class Piece(long versionId, bool isSmall, int priority, int chunk, BytePath file, NewPart? part, long remoteOffset, long sourceOffset, long length, IChunkSource source, Action<long> acknowledged, CancellationToken wanted, Action? begun = null)
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool IsSmall => isSmall;

    public int Priority => priority;

    public BytePath File => file;

    public long Length => length;

    public Task Done => _done.Task;

    public long VersionId => versionId;

    public int Chunk => chunk;

    public long SourceOffset => sourceOffset;

    /// <summary>Sends it; <paramref name="moved"/> is told how many bytes more are acknowledged.</summary>
    public async Task SendAsync(IVesselLane lane, Action<long> moved, CancellationToken cancellationToken)
    {
        long before = 0;
        bool create = part?.IsToBeMade() ?? false;
        void Note(long total)
        {
            if (create && before == 0)
            {
                part!.IsThere();
            }

            acknowledged(total);
            moved(total - before);
            before = total;
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, wanted);
        Task sending = lane.SendAsync(file, create, remoteOffset, source, sourceOffset, length, Note, either.Token);
        begun?.Invoke();
        await sending.ConfigureAwait(false);
    }

    public void Succeeded() => _done.TrySetResult();

    public void Failed(Exception exception)
    {
        _done.TrySetException(exception);
        _ = _done.Task.Exception;
    }

    /// <summary>Higher priority first, then older versions, then what comes first in the file.</summary>
    public static Comparer<Piece> Order { get; } = Comparer<Piece>.Create(static (one, other) =>
        (other.Priority, one.VersionId, one.SourceOffset).CompareTo((one.Priority, other.VersionId, other.SourceOffset)));
}
