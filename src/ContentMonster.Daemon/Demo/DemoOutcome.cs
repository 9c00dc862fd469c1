using System.Security.Cryptography;
using ContentMonster.Daemon.Commands;
using ContentMonster.Daemon.Hosting;

namespace ContentMonster.Daemon.Demo;

/// <summary>Looks at what the demonstration came to, on the disks and not in the ledger.</summary>
internal sealed class DemoOutcome(Screen screen, DemoStage stage)
{
    /// <summary>Shows what lies where; true if everything is where it belongs, bit for bit.</summary>
    public async Task<bool> ShowAsync(IReadOnlyList<string> vessels, CancellationToken cancellationToken)
    {
        bool all = true;
        foreach (string vessel in vessels)
        {
            screen.Line();
            all &= await ShowFolderAsync($"Arrived on {vessel}:", Path.Combine(stage.HomeOf(vessel), DemoStage.RemoteFolder), cancellationToken);
        }

        screen.Line();
        all &= await ShowFolderAsync($"Archived on the shore, in {DemoStage.Processed}/:", Path.Combine(stage.Location, DemoStage.Processed), cancellationToken);
        List<string> left = [.. Directory.EnumerateFiles(stage.Location, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(stage.Location, path))
            .Where(path => !path.StartsWith(DemoStage.Processed + "/", StringComparison.Ordinal))];
        screen.Line(left.Count == 0 ? "Nothing is left in the watched directory." : $"Left in the watched directory: {string.Join(", ", left)}");
        return all && left.Count == 0;
    }

    private async Task<bool> ShowFolderAsync(string title, string folder, CancellationToken cancellationToken)
    {
        screen.Line(title, "bold");
        bool all = true;
        foreach ((string name, byte[] expected) in stage.Hashes)
        {
            string path = Path.Combine(folder, name);
            byte[]? found = File.Exists(path) ? await HashAsync(path, cancellationToken) : null;
            bool same = found is not null && found.AsSpan().SequenceEqual(expected);
            string verdict = found is null ? "MISSING" : same ? "same" : "DIFFERENT";
            string size = found is null ? "" : Amount.OfBytes(new FileInfo(path).Length);
            string hash = found is null ? "" : Convert.ToHexStringLower(found)[..16];
            screen.Line($"  {verdict,-9} {name,-28} {size,9}  sha256 {hash}", same ? null : "red");
            all &= same;
        }

        return all;
    }

    private static async Task<byte[]> HashAsync(string path, CancellationToken cancellationToken)
    {
        await using FileStream file = File.OpenRead(path);
        return await SHA256.HashDataAsync(file, cancellationToken);
    }
}
