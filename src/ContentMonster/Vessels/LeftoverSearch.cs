using System.Globalization;
using ContentMonster.Model;
using ContentMonster.Sftp.Client;

namespace ContentMonster.Vessels;

/// <summary>Unfinished files on the vessel that this shore's ledger knows nothing of. They may be another shore's at work, so they are only told.</summary>
internal static class LeftoverSearch
{
    private const int MostListed = 20_000;
    private const int MostNamed = 5;

    /// <summary>Hidden siblings in the top level of a destination.</summary>
    public static async Task<VesselFinding> InDestinationAsync(SftpClient client, BytePath directory, IReadOnlySet<BytePath> ours, CancellationToken cancellationToken)
    {
        IReadOnlyList<SftpEntry> entries = await client.ListAsync(directory.IsEmpty ? "."u8.ToArray() : directory.Bytes, MostListed, cancellationToken).ConfigureAwait(false);
        BytePath[] found = [.. entries.Where(entry => PartName.IsSibling(entry.Name)).Select(entry => new BytePath(entry.Name)).Where(name => !ours.Contains(directory.Join(name)))];
        string looked = entries.Count == MostListed ? $" among the first {MostListed} names" : "";
        return Tell(found, directory, "unfinished file", $"of no delivery of this shore{looked}", looked);
    }

    /// <summary>Other shores' folders in TempDir, and the Python program's files.</summary>
    public static async Task<VesselFinding> InTempDirAsync(SftpClient client, BytePath tempDir, string? shoreId, CancellationToken cancellationToken)
    {
        IReadOnlyList<SftpEntry> entries = await client.ListAsync(tempDir.Bytes, MostListed, cancellationToken).ConfigureAwait(false);
        BytePath[] found = [.. entries.Select(entry => new BytePath(entry.Name)).Where(name => LooksLikeOurs(name, shoreId) || IsPythons(name.ToString()))];
        return Tell(found, tempDir, "folder or file", "of another shore, of an earlier ledger of this one, or of the Python program", "");
    }

    // ID is a shore's folder, ID.part and ID_N.part are files of the kind that lie in one.
    private static bool LooksLikeOurs(BytePath name, string? shoreId) =>
        name.Span.Length >= PartName.IdLength && PartName.IsId(name.Span[..PartName.IdLength]) && name.ToString() != shoreId
        && (name.Span.Length == PartName.IdLength || name.Span.EndsWith(".part"u8));

    // UUID_N.part and UUID_complete.part: chunks, and what it joined of them.
    private static bool IsPythons(string name) =>
        name.EndsWith(".part", StringComparison.Ordinal) && name.IndexOf('_', StringComparison.Ordinal) is > 0 and int end && Guid.TryParseExact(name.AsSpan(0, end), "D", out _);

    private static VesselFinding Tell(BytePath[] found, BytePath where, string what, string whose, string looked)
    {
        if (found.Length == 0)
        {
            return new("leftovers", FindingGrade.Good, $"none in {where}{looked}");
        }

        string names = string.Join(", ", found.Take(MostNamed).Select(name => name.ToString())) + (found.Length > MostNamed ? ", ..." : "");
        string count = string.Create(CultureInfo.InvariantCulture, $"{found.Length} {what}{(found.Length == 1 ? "" : "s")}");
        return new("leftovers", FindingGrade.Doubtful, $"{count} in {where} {whose}: {names}. Nothing was removed: if no other shore sends to this place, remove them by hand.");
    }
}
