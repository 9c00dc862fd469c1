using System.Security.Cryptography;
using ContentMonster.Configuration;
using ContentMonster.Model;
using ContentMonster.Sftp.Client;

namespace ContentMonster.Vessels;

/// <summary>Hashes ranges of files on the vessel in the way that was proved to work there.</summary>
internal sealed class RangeHasher(SshVessel vessel, VesselShell shell, VesselMemory memory, VesselSettings settings, TimeProvider time)
{
    // Scripts stay small enough that one travels at once and its answer is not waited for behind minutes of hashing.
    private const int MaxRangesInScript = 512;
    private const int ReadbackBlock = 32 << 10;
    private const int ReadbackInFlight = 16;

    public async Task<IReadOnlyList<RangeHash>> HashAsync(VerifiedBy proof, IReadOnlyList<RemoteRange> ranges, CancellationToken cancellationToken) => proof switch
    {
        VerifiedBy.RemoteHash => await ByShellAsync(ranges, cancellationToken).ConfigureAwait(false),
        VerifiedBy.CheckFile or VerifiedBy.Readback => await Task.WhenAll(ranges.Select(range => BySftpAsync(proof, range, cancellationToken))).ConfigureAwait(false),
        _ => throw new VesselException(FailureKind.Unsupported, $"Could not hash on {vessel.Name}, because there is no way to."),
    };

    private async Task<IReadOnlyList<RangeHash>> ByShellAsync(IReadOnlyList<RemoteRange> ranges, CancellationToken cancellationToken)
    {
        var hashes = new List<RangeHash>(ranges.Count);
        foreach (RemoteRange[] some in ranges.Chunk(MaxRangesInScript))
        {
            hashes.AddRange(await InOneScriptAsync(some, cancellationToken).ConfigureAwait(false));
        }

        return hashes;
    }

    // Where it hangs, and not for the tool's sake, each directory is asked for alone: one whose disk hangs takes no other with it.
    private async Task<IReadOnlyList<RangeHash>> InOneScriptAsync(RemoteRange[] ranges, CancellationToken cancellationToken)
    {
        try
        {
            byte[] output = await vessel.RunShellAsync("hash", HashScript.For(shell.Hash!, ranges), vessel.ScriptPatience(HashScript.BytesInSilence(ranges)), cancellationToken).ConfigureAwait(false);
            return HashScript.Read(ranges, output);
        }
        catch (VesselException hanging) when (hanging.Kind == FailureKind.CommandHangs)
        {
            await shell.ThrowIfHashHangsAsync(cancellationToken).ConfigureAwait(false);
            RemoteRange[][] places = [.. ranges.GroupBy(range => range.File.Parent).Select(static place => place.ToArray())];
            if (places.Length == 1)
            {
                throw;
            }

            var found = new Dictionary<RemoteRange, RangeHash>();
            foreach (RemoteRange[] place in places)
            {
                IReadOnlyList<RangeHash> hashes = await AloneAsync(place, cancellationToken).ConfigureAwait(false);
                for (int at = 0; at < place.Length; at++)
                {
                    found[place[at]] = hashes[at];
                }
            }

            return [.. ranges.Select(range => found[range])];
        }
    }

    private async Task<IReadOnlyList<RangeHash>> AloneAsync(RemoteRange[] place, CancellationToken cancellationToken)
    {
        try
        {
            return await InOneScriptAsync(place, cancellationToken).ConfigureAwait(false);
        }
        catch (VesselException hanging) when (hanging.Kind == FailureKind.CommandHangs)
        {
            return [.. place.Select(_ => new RangeHash(null) { Trouble = hanging })];
        }
    }

    private Task<RangeHash> BySftpAsync(VerifiedBy proof, RemoteRange range, CancellationToken cancellationToken) => vessel.OnLaneAsync($"hash {range.File}", async lane =>
    {
        SftpHandle handle;
        try
        {
            handle = await lane.Client.OpenAsync(range.File.Bytes, SftpOpenModes.Read, null, cancellationToken).ConfigureAwait(false);
        }
        catch (SftpStatusException)
        {
            return new RangeHash(null);
        }

        try
        {
            byte[]? sha256 = proof == VerifiedBy.CheckFile ? await CheckFileAsync(lane, handle, range, cancellationToken).ConfigureAwait(false) : null;
            return new RangeHash(sha256 ?? await ReadAsync(lane.Client, handle, range, cancellationToken).ConfigureAwait(false));
        }
        finally
        {
            if (lane.Client.Broken is null)
            {
                await lane.Client.CloseAsync(handle, CancellationToken.None).ConfigureAwait(false);
            }
        }
    });

    // Null: it is to be read back. A refusal may be this range's alone (a bad block, which reading finds, too), so the next is asked for again.
    private async Task<byte[]?> CheckFileAsync(SshLane lane, SftpHandle handle, RemoteRange range, CancellationToken cancellationToken)
    {
        if (memory.AvoidsCheckFile(time))
        {
            return null;
        }

        try
        {
            byte[]? sha256 = await lane.Client.CheckFileAsync(handle, range.Offset, range.Length, PublishSteps.SyncPatience(settings.Timeout, range.Length), cancellationToken).ConfigureAwait(false);
            memory.CheckFileAnswered();
            return sha256;
        }
        catch (SftpStatusException)
        {
            memory.CheckFileAnswered();
            return null;
        }
        catch (SftpConnectionException ended)
        {
            if (await lane.IsServersDoingAsync(ended).ConfigureAwait(false) is bool surely)
            {
                memory.CheckFileEnded(surely, time);
            }

            throw;
        }
    }

    private static async Task<byte[]?> ReadAsync(SftpClient client, SftpHandle handle, RemoteRange range, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[][] blocks = [.. Enumerable.Range(0, ReadbackInFlight).Select(_ => new byte[ReadbackBlock])];
        for (long done = 0; done < range.Length;)
        {
            // A round of reads side by side, taken in order.
            var reads = new List<(Task<int> Read, int Wanted, byte[] Block)>();
            for (long at = done; at < range.Length && reads.Count < ReadbackInFlight; at += ReadbackBlock)
            {
                int wanted = (int)Math.Min(ReadbackBlock, range.Length - at);
                byte[] block = blocks[reads.Count];
                reads.Add((client.ReadAsync(handle, range.Offset + at, block.AsMemory(0, wanted), cancellationToken), wanted, block));
            }

            bool whole = true;
            foreach ((Task<int> read, int wanted, byte[] block) in reads)
            {
                int got = await read.ConfigureAwait(false);
                whole &= got == wanted;
                hash.AppendData(block, 0, got);
                done += wanted;
            }

            if (!whole)
            {
                return null;
            }
        }

        return hash.GetHashAndReset();
    }
}
