using System.Text;
using ContentMonster.Tests.Kills;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Faults;

/// <summary>Names made of whatever bytes a file system takes, and whatever shells, servers and terminals stumble over.</summary>
public sealed class NameTests
{
    private static readonly string[] Pieces =
    [
        "a", "Z", " ", ".", "..", "-", "--", "-rf", "~", "$(touch x)", "`id`", "${HOME}", "'", "\"", "\\", "\\n", "\n", "\r", "\t", "\u0001", "\u007f", "\u001b[2J", "\u009b31m",
        "%s", "%00", "%", "*", "?", "[a]", "{b,c}", "|", "&", ";", "<", ">", "#", "!", "=", ":", "@", ",", "\u00c3\u00a9", "e\u00cc\u0081", "\u00f0\u009f\u0092\u00a9", "\u00ff", "\u00c3", "\u00e2\u0080\u00ae", "\u00ed\u00a0\u0080",
        ".part", "CON", "nul.txt", "processed", "completed",
    ];

    [Fact]
    public async Task Three_hundred_drawn_names_arrive_bytewise_the_same_and_write_nothing_into_the_log()
    {
        Rounds rounds = Rounds.Of("CM_DRAWN_NAMES", 300);
        Random random = rounds.Random;
        await using DeliveryRig rig = await DeliveryRig.WithAsync("v1");
        var hashes = new Dictionary<string, string>(StringComparer.Ordinal);
        while (hashes.Count < rounds.Count)
        {
            string path = string.Join('/', Enumerable.Range(0, random.Next(1, 4)).Select(_ => Draw(random)));
            bool clashes = hashes.Keys.Any(other => other.StartsWith(path + "/", StringComparison.Ordinal) || path.StartsWith(other + "/", StringComparison.Ordinal));
            bool ours = path.Split('/')[0] is "processed" or "completed" || path.Split('/').Any(element => element is "." or "..");
            if (!clashes && !ours && !hashes.ContainsKey(path))
            {
                hashes[path] = rig.Put(path, random.Next(3000));
            }
        }

        await rig.StartAsync();
        await rig.UntilArchivedAsync([.. hashes.Keys]);
        rig.InboxOf("v1").Files.SequenceEqual(hashes.Keys.Order(StringComparer.Ordinal), StringComparer.Ordinal).ShouldBeTrue(rounds.ToString());
        hashes.ShouldAllBe(pair => rig.InboxOf("v1").Hash(pair.Key) == pair.Value);
        rig.Log.Lines.ShouldNotContain(line => line.Any(letter => char.IsControl(letter) || letter == '\u202e'), rounds.ToString());
        Directory.GetFileSystemEntries(rig.HomeOf("v1")).Length.ShouldBe(1, "nothing but the inbox");
    }

    private static string Draw(Random random)
    {
        var name = new StringBuilder();
        int length = random.Next(1, 6) switch { 1 => 255, 2 => random.Next(200, 256), _ => random.Next(1, 20) };
        while (name.Length < length)
        {
            name.Append(random.Next(4) == 0 ? ((char)random.Next(1, 256)).ToString() : Pieces[random.Next(Pieces.Length)]);
        }

        name.Length = length;
        return name.Replace('/', '_').ToString();
    }
}
