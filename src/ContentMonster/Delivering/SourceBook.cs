using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using ContentMonster.Diagnostics;
using ContentMonster.Ledger;
using ContentMonster.Model;
using ContentMonster.Shore;
using ContentMonster.Vessels;

namespace ContentMonster.Delivering;

/// <summary>
/// One version's source while it is under way: the open file, and its hashes. Hashing is a pass in order, once for all vessels, beside
/// the first uploads; it takes turns with other files after each chunk. Where only the whole's hash is asked for, it alone is computed; chunks that
/// are asked for after all take a second pass.
/// </summary>
internal sealed class SourceBook(FileVersion version, ShoreFile file, ILedger ledger, SemaphoreSlim hashTurns) : IChunkSource, IDisposable
{
    private const int DigestLength = 32;
    private const int ReadBlock = 1 << 20;
    private readonly CancellationTokenSource _closed = new();
    private readonly Lock _gate = new();
    private volatile bool _readFailed;

    // Guarded by _gate.
    private byte[]? _hashes = version.ChunkHashes;
    private byte[]? _whole = version.Sha256;
    private int _hashed = version.ChunkHashes is null ? 0 : version.ChunkCount;
    private Task? _hashing;
    private Task<byte[]>? _hashingWhole;
    private (Task? Pass, Exception Reason)? _failed;
    private TaskCompletionSource _advanced = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public FileVersion Version => version;

    /// <summary>Where a byte could not be read all are read from then on: so the trouble is told by the one whom it befalls, before any of a write has left.</summary>
    public SafeHandle? File => _readFailed ? null : file.Handle;

    /// <summary>The pass under way, or null: it goes on without readers, so that a link that breaks often does not begin it again each time.</summary>
    public Task? Hashing
    {
        get
        {
            lock (_gate)
            {
                return _hashing is { IsCompleted: false } ? _hashing : _hashingWhole is { IsCompleted: false } ? _hashingWhole : null;
            }
        }
    }

    /// <summary>Whether the open file is still the version: size, times and inode.</summary>
    public bool IsUnchanged() => file.CurrentStamp() == version.Stamp;

    public int Read(long offset, Span<byte> buffer)
    {
        try
        {
            return file.Read(offset, buffer);
        }
        catch (ShoreException exception)
        {
            _readFailed = true;
            throw SourceException.From(version, exception);
        }
    }

    /// <summary>SHA-256 of one chunk, as soon as the pass has come that far.</summary>
    public async Task<byte[]> ChunkHashAsync(int number, CancellationToken cancellationToken)
    {
        Task? joined = null;
        while (true)
        {
            Task advanced;
            lock (_gate)
            {
                if (number < _hashed)
                {
                    return _hashes.AsSpan(number * DigestLength, DigestLength).ToArray();
                }

                // It failed before this waiter had looked again: another pass is for another caller to begin, or one that fails is begun for ever.
                if (joined is not null && _failed is { } failed && failed.Pass == joined)
                {
                    ExceptionDispatchInfo.Throw(failed.Reason);
                }

                joined = _hashing ??= Task.Run(HashAllAsync, CancellationToken.None);
                advanced = _advanced.Task;
            }

            await advanced.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The hash of the whole will be asked for, and probably none of a chunk.</summary>
    public void BeginWhole()
    {
        lock (_gate)
        {
            if (_whole is null && _hashing is null && _hashingWhole is null && !_closed.IsCancellationRequested)
            {
                _hashingWhole = Task.Run(HashWholeAsync, CancellationToken.None);
            }
        }
    }

    /// <summary>SHA-256 of the whole, when a pass is through.</summary>
    public async Task<byte[]> WholeHashAsync(CancellationToken cancellationToken)
    {
        Task<byte[]>? pass;
        lock (_gate)
        {
            if (_whole is not null)
            {
                return _whole;
            }

            pass = _hashingWhole;
        }

        if (pass is not null)
        {
            return await pass.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        await ChunkHashAsync(version.ChunkCount - 1, cancellationToken).ConfigureAwait(false);
        lock (_gate)
        {
            return _whole!;
        }
    }

    public void Dispose()
    {
        _closed.Cancel();
        lock (_gate)
        {
            // The pass reads from the file: it is closed when the pass has seen the end of its token.
            _ = Task.WhenAll(_hashing ?? Task.CompletedTask, _hashingWhole ?? Task.CompletedTask).ContinueWith(
                passes =>
                {
                    _ = passes.Exception;
                    file.Dispose();
                    _closed.Dispose();
                },
                CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    private async Task HashAllAsync()
    {
        try
        {
            byte[] hashes = new byte[checked(version.ChunkCount * DigestLength)];
            lock (_gate)
            {
                // After a pass that failed: what it had found is found again.
                (_hashes, _hashed) = (hashes, 0);
            }

            byte[] whole = await HashChunksAsync(hashes).ConfigureAwait(false);
            await ledger.HashedAsync(version.Id, whole, hashes, _closed.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // Whoever waits for a chunk is told; a later reader may begin another pass.
            TaskCompletionSource advanced;
            lock (_gate)
            {
                (advanced, _advanced) = (_advanced, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
                _failed = (_hashing, exception);
                _hashing = _closed.IsCancellationRequested ? _hashing : null;
            }

            advanced.TrySetException(exception);
            _ = advanced.Task.Exception;
        }
    }

    private async Task<byte[]> HashWholeAsync()
    {
        try
        {
            byte[] buffer = NewBuffer();
            using var ofWhole = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            for (int number = 0; number < version.ChunkCount; number++)
            {
                await InTurnAsync(number, buffer, ofWhole, null).ConfigureAwait(false);
            }

            byte[] whole = ofWhole.GetHashAndReset();
            KeepWhole(whole);
            await ledger.HashedAsync(version.Id, whole, null, _closed.Token).ConfigureAwait(false);
            return whole;
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            lock (_gate)
            {
                // A later reader may begin another pass.
                _hashingWhole = null;
            }

            throw;
        }
    }

    // Of one version all vessels get the same bytes: a second pass that reads others than the first is told before anybody goes by it.
    private void KeepWhole(byte[] whole)
    {
        lock (_gate)
        {
            if (_whole is not null && !_whole.AsSpan().SequenceEqual(whole))
            {
                throw SourceException.Changed(version);
            }

            _whole = whole;
        }
    }

    private byte[] NewBuffer() => GC.AllocateUninitializedArray<byte>((int)Math.Min(ReadBlock, Math.Max(1, version.Stamp.SizeInBytes)));

    private async Task InTurnAsync(int number, byte[] buffer, IncrementalHash? ofWhole, IncrementalHash? ofChunk)
    {
        await hashTurns.WaitAsync(_closed.Token).ConfigureAwait(false);
        try
        {
            HashChunk(number, buffer, ofWhole, ofChunk);
        }
        finally
        {
            hashTurns.Release();
        }
    }

    private async Task<byte[]> HashChunksAsync(byte[] hashes)
    {
        byte[] buffer = NewBuffer();
        using var ofWhole = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var ofChunk = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (int number = 0; number < version.ChunkCount; number++)
        {
            await InTurnAsync(number, buffer, version.IsBig ? ofWhole : null, ofChunk).ConfigureAwait(false);
            ofChunk.GetHashAndReset(hashes.AsSpan(number * DigestLength));
            if (number < version.ChunkCount - 1)
            {
                Advance(number + 1);
            }
        }

        byte[] whole = version.IsBig || version.ChunkCount == 0 ? ofWhole.GetHashAndReset() : hashes;
        KeepWhole(whole);
        Advance(version.ChunkCount);
        return whole;
    }

    private void HashChunk(int number, byte[] buffer, IncrementalHash? ofWhole, IncrementalHash? ofChunk)
    {
        long begin = number * version.ChunkSizeInBytes;
        long length = version.LengthOfChunk(number);
        for (long done = 0; done < length;)
        {
            _closed.Token.ThrowIfCancellationRequested();
            Span<byte> block = buffer.AsSpan(0, (int)Math.Min(buffer.Length, length - done));
            if (Read(begin + done, block) != block.Length)
            {
                throw SourceException.Changed(version);
            }

            ofChunk?.AppendData(block);
            KillPoint.Pass("hashing");
            ofWhole?.AppendData(block);
            done += block.Length;
        }
    }

    private void Advance(int hashed)
    {
        TaskCompletionSource advanced;
        lock (_gate)
        {
            _hashed = hashed;
            (advanced, _advanced) = (_advanced, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        advanced.SetResult();
    }
}
