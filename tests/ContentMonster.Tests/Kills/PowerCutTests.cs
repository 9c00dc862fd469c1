using ContentMonster.Ledger;
using ContentMonster.Tests.Faults;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Kills;

/// <summary>The power of shore and vessels fails at any instant: judged by what their disks hold then.</summary>
public sealed class PowerCutTests
{
    private const int Usual = 10;
    private const int FinishedOf = 5; // every so many images a daemon goes on from
    private const int MostInOneLife = 20; // what the disks hold
    private const int MostWaitMilliseconds = 700;

    [Fact]
    public async Task Power_cut_at_any_instant_leaves_no_torn_file_and_nothing_booked_that_is_not_there()
    {
        Assert.SkipUnless(Posix.IsRoot, "Disks in files take root.");
        Rounds rounds = Rounds.Of("CM_POWER_CUTS", Usual);
        for (int done = 0; done < rounds.Count; done += MostInOneLife)
        {
            int count = Math.Min(MostInOneLife, rounds.Count - done);
            await LiveAsync(rounds, count);
            Rounds.TellSurvived(count);
        }
    }

    private static async Task LiveAsync(Rounds rounds, int count)
    {
        var faults = new FaultBench();
        await using KillBench bench = await MakeAsync(faults, rounds, out PowerDisks disks);
        using PowerDisks held = disks;
        bench.Start();
        for (int cut = 0; cut < count; cut++)
        {
            if (cut % 2 == 0)
            {
                bench.PutMix(tiny: 12);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(rounds.Random.Next(MostWaitMilliseconds)), TimeProvider.System, FaultBench.Token);
            disks.Cut(cut);
        }

        await bench.UntilAllArchivedAsync();
        disks.Cut(count);
        await bench.Daemon.KillAsync();
        int published = 0;
        bool filled = false;
        for (int cut = 0; cut <= count; cut++)
        {
            bench.Note($"image {cut}, {rounds}");
            disks.Show(cut);
            bench.Aftermath.WhatStandsShouldBeWhole();
            bench.Aftermath.WhatIsArchivedShouldBeEverywhere();
            int? booked = await WhatIsBookedShouldStandAsync(bench);
            (filled && booked is null).ShouldBeFalse($"a ledger that was there is gone or empty\n{bench.Story()}");
            filled |= booked is not null;
            published += booked ?? 0;
            if (cut % FinishedOf == FinishedOf - 1)
            {
                await bench.ShouldFinishFromHereAsync();
            }
        }

        published.ShouldBeGreaterThan(0, "no image had anything booked as published");
    }

    private static Task<KillBench> MakeAsync(FaultBench faults, Rounds rounds, out PowerDisks disks)
    {
        disks = new PowerDisks();

        // The shore's is cut first: what its ledger says was true on the vessels before.
        disks.Add("shore", Path.Combine(faults.Scratch, "disk"));
        disks.Add("ship", Path.Combine(faults.Scratch, "vessels", "ship"));
        disks.Add("cat", Path.Combine(faults.Scratch, "vessels", "cat"));
        faults.KeepShoreIn(Path.Combine(faults.Scratch, "disk"));
        return KillBench.MakeAsync(rounds.Random, relayed: false, "BandwidthLimit = 8M", faults);
    }

    // Null: the daemon had not come to fill its ledger.
    private static async Task<int?> WhatIsBookedShouldStandAsync(KillBench bench)
    {
        if (!File.Exists(bench.Bench.Ledger))
        {
            return null;
        }

        using LedgerReader? ledger = OpenUnlessEmpty(bench.Bench.Ledger);
        if (ledger is null)
        {
            return null;
        }

        HistoryEntry[] published = [.. (await ledger.HistoryAsync(10_000, FaultBench.Token)).Where(entry => entry.Event == "published")];
        foreach (HistoryEntry entry in published)
        {
            bench.Aftermath.ShouldStand(bench.Bench.Vessel(entry.Vessel!), entry.Path.ToString());
        }

        return published.Length;
    }

    private static LedgerReader? OpenUnlessEmpty(string ledger)
    {
        try
        {
            return LedgerReader.Open(ledger);
        }
        catch (LedgerRefusedException refused) when (refused.Message.Contains("because it is empty", StringComparison.Ordinal))
        {
            return null;
        }
    }
}
