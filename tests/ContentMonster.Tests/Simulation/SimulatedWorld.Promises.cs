using System.Text;
using ContentMonster.Ledger;
using ContentMonster.Model;
using ContentMonster.Vessels;

namespace ContentMonster.Tests.Simulation;

/// <content>What must never be, and what must be in the end.</content>
internal sealed partial class SimulatedWorld
{
    private const string Processed = "processed";
    private long _needed;

    public async Task BookingAsync(string method, object?[] arguments)
    {
        if (method == nameof(ILedger.ArchivedAsync))
        {
            HashSet<long> ended = [.. ((IReadOnlyList<(long VersionId, ArchiveEnd End)>)arguments[0]!).Select(one => one.VersionId)];
            foreach ((FileVersion version, BytePath? place) in await Ledger.UnderArchivingAsync(In, CancellationToken.None))
            {
                if (ended.Contains(version.Id) && place is BytePath moved)
                {
                    MayLeave(version, HashOf(await File.ReadAllBytesAsync(PathOf(moved.ToString()))));
                }
            }
        }
    }

    // A source may leave its place only when every vessel has that version, or a later one, for good.
    private void MayLeave(FileVersion version, string content)
    {
        string name = NameOf(version.Path);
        Note($"archived {name}");
        int sent = _contents[name].IndexOf(content);
        foreach (SimulatedHost host in Hosts)
        {
            byte[]? kept = host.Facts.CanSync ? host.Disk.DurableContent(DestinationOf(version)) : host.Disk.Find(DestinationOf(version))?.Content;
            if (kept is null || _contents[name].LastIndexOf(HashOf(kept)) < sent)
            {
                Fail($"{name} was archived before {host.Name} had it for good ({(kept is null ? "nothing" : $"{kept.Length} bytes")} there)");
            }
        }
    }

    // Whatever stands under a final name is whole: content that once stood on the shore under that name.
    private void Look(SimulatedHost host, BytePath path, SimulatedFile? file)
    {
        if (file is null || SimulatedHost.IsPart(path))
        {
            return;
        }

        string name = NameOf(path)[(Remote.Length + 1)..];
        if (!_contents.TryGetValue(name, out List<string>? contents) || !contents.Contains(HashOf(file.Content)))
        {
            Fail($"{host.Name} shows {name} with {file.Content.Length} bytes that never stood on the shore");
        }
    }

    private async Task<string?> WhatIsMissingAsync()
    {
        if ((await Ledger.TotalsAsync(CancellationToken.None)).LiveFiles > 0)
        {
            return $"the ledger has live files: {string.Join(", ", (await Ledger.MissingAsync(3, CancellationToken.None)).Select(file => $"{file.Version.Path} ({string.Join("; ", file.Missing)})"))}";
        }

        if (FilesBelow(default).Select(path => NameOf(path)).FirstOrDefault() is { } waiting)
        {
            return $"{waiting} is still on the shore";
        }

        HashSet<string> archived = [.. Archived().Select(HashOf)];
        foreach ((string name, string content) in _last)
        {
            if (!archived.Contains(content))
            {
                return $"{name} is nowhere on the shore";
            }

            foreach (SimulatedHost host in Hosts)
            {
                if (host.Disk.Find(BytePath.FromText($"{Remote}/{name}")) is not { } there || HashOf(there.Content) != content)
                {
                    return $"{host.Name} does not have the last {name}";
                }
            }
        }

        foreach (SimulatedHost host in Hosts)
        {
            if (host.Disk.Files.Select(pair => pair.Key).Where(SimulatedHost.IsPart).Except(host.Ghosts).Select(host.Label).FirstOrDefault() is { } part)
            {
                return $"{host.Name} still holds {part}";
            }

            if (host.BytesWritten > _needed + host.BytesForgiven)
            {
                return $"{host.Name} was sent {host.BytesWritten} bytes where {_needed} were needed and {host.BytesForgiven} forgiven";
            }
        }

        return null;
    }

    private IEnumerable<byte[]> Archived() =>
        Directory.Exists(PathOf(Processed)) ? Directory.EnumerateFiles(PathOf(Processed), "*", SearchOption.AllDirectories).Select(File.ReadAllBytes) : [];

    private static string NameOf(BytePath path) => Encoding.UTF8.GetString(path.Span);
}
