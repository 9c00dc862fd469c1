using System.Text;
using ContentMonster.Model;
using ContentMonster.Tests.Faults;

namespace ContentMonster.Tests.Kills;

/// <summary>What lies on the shore and on the vessels while nobody works there, held against what was given.</summary>
internal sealed class Aftermath(FaultBench bench, Manifest manifest, Func<string> story)
{
    private string Processed => Path.Combine(bench.Shore, "processed");

    /// <summary>What is archived stands whole on every vessel, in that version or a later one.</summary>
    public void WhatIsArchivedShouldBeEverywhere()
    {
        foreach (string name in manifest.Names.Where(name => File.Exists(Path.Combine(Processed, name))))
        {
            foreach (FaultVessel vessel in bench.Vessels)
            {
                ShouldStand(vessel, name);
            }
        }
    }

    public void WhatStandsShouldBeWhole()
    {
        foreach (FaultVessel vessel in bench.Vessels.Where(vessel => Directory.Exists(vessel.Inbox)))
        {
            foreach (string name in Directory.EnumerateFiles(vessel.Inbox, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(vessel.Inbox, file)).Where(IsFinal))
            {
                ShouldStand(vessel, name);
            }
        }
    }

    public void ShouldStand(FaultVessel vessel, string name)
    {
        string there = Path.Combine(vessel.Inbox, name);
        File.Exists(there).ShouldBeTrue($"{name} is not on {vessel.Name}\n{story()}");
        manifest.Knows(name, HashOf(there)).ShouldBeTrue($"{name} on {vessel.Name} has {new FileInfo(there).Length} bytes that are none of its versions\n{story()}");
    }

    /// <summary>What should be on a vessel and is not, and what should not be there: unfinished files, too.</summary>
    public string[] TooMuchOrTooLittle(FaultVessel vessel)
    {
        string[] there = [.. Directory.EnumerateFiles(vessel.Home, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(vessel.Home, file))];
        string[] wanted = [.. manifest.Names.Select(name => $"inbox/{name}")];
        return [.. there.Except(wanted, StringComparer.Ordinal), .. wanted.Except(there, StringComparer.Ordinal)];
    }

    /// <summary>After the end: the last version of each file on each vessel and in the archive, and nothing archived twice.</summary>
    public void AllShouldBeAsGiven()
    {
        foreach (FaultVessel vessel in bench.Vessels)
        {
            foreach (string name in manifest.Names)
            {
                HashOf(Path.Combine(vessel.Inbox, name)).ShouldBe(manifest.Last(name), $"{name} on {vessel.Name}\n{story()}");
            }
        }

        string[] hashes = [.. Directory.EnumerateFiles(Processed, "*", SearchOption.AllDirectories).Select(HashOf)];
        foreach (IGrouping<string, string> same in hashes.GroupBy(hash => hash, StringComparer.Ordinal))
        {
            same.Count().ShouldBeLessThanOrEqualTo(manifest.CountOf(same.Key), $"archived more often than it was there\n{story()}");
        }

        manifest.Names.Select(manifest.Last).Except(hashes, StringComparer.Ordinal).ShouldBeEmpty($"archived nowhere\n{story()}");
        hashes.Length.ShouldBeGreaterThanOrEqualTo(manifest.Names.Count, story());
    }

    // Neither an unfinished file nor one in the folder that an archive is unpacked in.
    private static bool IsFinal(string name) => !Array.Exists(name.Split('/'), static element => PartName.IsSibling(Encoding.UTF8.GetBytes(element)));

    private static string HashOf(string file) => Convert.ToHexString(FaultBench.HashOf(file));
}
