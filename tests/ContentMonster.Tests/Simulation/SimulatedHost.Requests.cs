using ContentMonster.Model;
using ContentMonster.Vessels;

namespace ContentMonster.Tests.Simulation;

/// <content>What the server does for one request, at one instant.</content>
internal sealed partial class SimulatedHost
{
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);

    /// <summary>A path as it stands in a trace: the random ids of unfinished files by the order they came in.</summary>
    public string Label(BytePath path)
    {
        if (!IsPart(path))
        {
            return path.ToString();
        }

        string text = path.Name.ToString();
        string id = IdOf(path);
        if (!_ids.TryGetValue(id, out int number))
        {
            _ids.Add(id, number = _ids.Count + 1);
        }

        return text.Replace(id, $"#{number}", StringComparison.Ordinal);
    }

    // Of an unfinished file, or of what was set aside.
    private static string IdOf(BytePath part)
    {
        string text = part.Name.ToString();
        int dot = text.LastIndexOf('.');
        return PartName.IdOf(part) ?? (IsChunk(part) ? text[..PartName.IdLength] : text[(dot - PartName.IdLength)..dot]);
    }

    public RemoteLook? Look(BytePath path)
    {
        if (Disk.Find(path) is not { } file)
        {
            return Disk.Files.Any(pair => pair.Key.Span.StartsWith(path.Span) && pair.Key.Span.Length > path.Span.Length && pair.Key.Span[path.Span.Length] == (byte)'/')
                ? new RemoteLook(RemoteKind.Directory, 0, 0, 0x1ED, null)
                : null;
        }

        return new RemoteLook(RemoteKind.Regular, file.Content.Length, 0, file.Mode, file.ModifiedUnixSeconds);
    }

    public IReadOnlySet<BytePath> Names(BytePath directory) => Disk.Files.Where(pair => pair.Key.Span.StartsWith(directory.Span) && pair.Key.Span.Length > directory.Span.Length && pair.Key.Span[directory.Span.Length] == (byte)'/')
        .Select(pair => pair.Key.Bytes[(directory.Span.Length + 1)..]).Select(rest => new BytePath([.. rest.TakeWhile(one => one != (byte)'/')])).ToHashSet();

    public bool Create(BytePath part)
    {
        ThrowIfFull();
        if (Disk.Find(part) is null)
        {
            Disk.Create(part);
        }

        return true;
    }

    public SimulatedFile CreateAnew(BytePath part)
    {
        ThrowIfFull();
        Disk.Remove(part);
        return Disk.Create(part);
    }

    public SimulatedFile Open(BytePath part) => Disk.Find(part) ?? throw Missing(part);

    public bool Write(SimulatedFile part, long offset, byte[] block)
    {
        ThrowIfFull();
        BytesWritten += block.Length;
        _recent.Add((Clock.Now, block.Length));

        // Somebody removed it under the hand of whoever has it open, or another chunk's file of the same attempt: that shows only when it is looked at,
        // and then the attempt begins anew.
        BytesForgiven += part.Name is not BytePath name || _wiped.Contains(IdOf(name)) ? block.Length : 0;
        if (Lies > 0)
        {
            Lies--;
            BytesForgiven += 1 << 12;
            Trace($"{Name} lies");
            if (Chance.Next(2) == 0)
            {
                return true;
            }

            block = [.. block];
            block[Chance.Next(block.Length)] ^= 0x10;
        }

        Disk.Write(part, offset, block);
        return true;
    }

    /// <summary>Into the file that was made for it, whatever has that name by now.</summary>
    public bool Append(BytePath piece, BytePath joined, SimulatedFile target)
    {
        byte[] content = (Disk.Find(piece) ?? throw new VesselException(FailureKind.Refused, $"Could not join {joined} on {Name}, because {piece} is missing.")).Content;
        ThrowIfFull();
        Disk.Write(target, target.Content.Length, content);
        return true;
    }

    public bool Finish(BytePath part, PublishRequest request, bool sync)
    {
        SimulatedFile file = Disk.Find(part) ?? throw Missing(part);
        if (file.Content.Length != request.SizeInBytes)
        {
            throw new VesselException(FailureKind.DataCorrupt, $"Could not publish {request.Destination} on {Name}, because {part} has {file.Content.Length} bytes where {request.SizeInBytes} were acknowledged.");
        }

        if (sync)
        {
            file.Sync();
        }

        (file.Mode, file.ModifiedUnixSeconds) = (request.Mode, PublishSteps.AttributesOf(request).ModifiedUnixSeconds);
        return true;
    }

    public bool Rename(BytePath from, BytePath to, bool replace)
    {
        if (Disk.Find(from) is null)
        {
            throw Missing(from);
        }

        if (!replace && Disk.Find(to) is not null)
        {
            throw new VesselException(FailureKind.Refused, $"Could not rename {from} on {Name}, because {to} is there.");
        }

        Disk.Rename(from, to);
        return true;
    }

    public bool SyncDirectory(BytePath directory)
    {
        Disk.SyncDirectory(directory);
        return true;
    }

    /// <summary>Removes them with the chunk files of the same ids and what a rename in two steps had set aside.</summary>
    public bool Sweep(IReadOnlyList<BytePath> parts)
    {
        HashSet<string> ids = [.. parts.Select(PartName.IdOf).OfType<string>()];
        BytePath[] gone = [.. parts.Concat(Disk.Files.Select(pair => pair.Key).Where(name => name.Parent == TempFolder && IsPart(name) && ids.Contains(IdOf(name)))).Where(part => Disk.Find(part) is not null).Distinct()];
        Array.ForEach(gone, part => Disk.Remove(part));
        foreach (BytePath sibling in Facts.CanReplace ? [] : parts.Where(part => Disk.Find(PartName.SetAside(part)) is not null))
        {
            PutBack(PartName.SetAside(sibling), PartName.DestinationOf(sibling)!.Value);
        }

        return true;
    }

    // The older content goes back where nothing came in its place.
    private void PutBack(BytePath old, BytePath destination)
    {
        if (Disk.Find(destination) is null)
        {
            Disk.Rename(old, destination);
        }
        else
        {
            Disk.Remove(old);
        }
    }

    private VesselException Missing(BytePath part) => new(FailureKind.PartMissing, $"Could not go on with {part} on {Name}, because the server said: no such file.");

    private void ThrowIfFull()
    {
        if (IsFull)
        {
            throw new VesselException(FailureKind.VesselFull, $"Could not write on {Name}, because the vessel is full.");
        }
    }
}
