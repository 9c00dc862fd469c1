using ContentMonster.Tests.Faults;

namespace ContentMonster.Tests.Kills;

/// <summary>The daemon dies at every line between two steps of a file's way, and the next one goes on as if it had not.</summary>
public sealed class StepEdgeTests
{
    private const int Usual = 24 * 3;

    // Then all is delivered and looked at, and another shore and other vessels are made: what waits would grow without end.
    private const int MostInOneLife = 50;
    private const string Rate = "BandwidthLimit = 8M";
    private static readonly TimeSpan AfterTheLast = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task A_daemon_killed_at_every_step_edge_loses_nothing_tears_nothing_and_finishes()
    {
        Rounds rounds = Rounds.Of("CM_EDGE_KILLS", Usual);
        Edge[] drawn = Drawn(rounds);
        Edge[][] halves = [[.. drawn.Where((_, at) => at % 2 == 0)], [.. drawn.Where((_, at) => at % 2 == 1)]];
        HashSet<Edge>[] reached = await Task.WhenAll(halves.Select((half, at) => LiveAllAsync(half, new Random(rounds.Seed + at))));

        // A line that is never passed proves nothing.
        Edge[] missed = [.. drawn.Distinct().Except(reached.SelectMany(edges => edges))];
        missed.ShouldBeEmpty($"not reached, {rounds}");
    }

    // Every edge once, and as many again as the count allows, in an order by chance.
    private static Edge[] Drawn(Rounds rounds)
    {
        string only = Environment.GetEnvironmentVariable("CM_EDGE") ?? "";
        Edge[] edges = [.. Edge.All.Where(edge => edge.ToString().Contains(only, StringComparison.Ordinal))];
        IEnumerable<Edge> all = edges;
        while (all.Count() < rounds.Count)
        {
            Edge[] more = [.. edges];
            rounds.Random.Shuffle(more);
            all = all.Concat(more.Take(rounds.Count - all.Count()));
        }

        Edge[] drawn = [.. all];
        rounds.Random.Shuffle(drawn);
        return drawn;
    }

    private static async Task<HashSet<Edge>> LiveAllAsync(Edge[] edges, Random random)
    {
        var reached = new HashSet<Edge>();
        foreach (Edge[] some in edges.Chunk(MostInOneLife))
        {
            reached.UnionWith(await LiveAsync(some, random));
            Rounds.TellSurvived(some.Length);
        }

        return reached;
    }

    private static async Task<HashSet<Edge>> LiveAsync(Edge[] edges, Random random)
    {
        await using KillBench bench = await KillBench.MakeAsync(random, relayed: true, Rate);
        var reached = new HashSet<Edge>();
        foreach (Edge edge in edges)
        {
            if (await LiveAndDieAsync(bench, edge, random.Next(1, edge.Most + 1), tiny: random.Next(8) == 0 ? 200 : 10))
            {
                reached.Add(edge);
            }

            bench.Aftermath.WhatIsArchivedShouldBeEverywhere();
        }

        await bench.ShouldEndWellAsync();
        return reached;
    }

    // False: the line was not passed. The daemon is dead in any case.
    private static async Task<bool> LiveAndDieAsync(KillBench bench, Edge edge, int number, int tiny)
    {
        bool tripped = false;
        if (edge.Asked == "MakeDirectory" && Directory.Exists(Path.Combine(bench.Cat.Home, "tmp")))
        {
            // It is made once; something of the vessel's has tidied it away since.
            Directory.Delete(Path.Combine(bench.Cat.Home, "tmp"), recursive: true);
        }

        bench.Note($"{edge}, the {number}. time");
        bench.PutMix(tiny, edge.BigInChunks);
        RunningDaemon daemon = bench.Start(edge.Point is null ? null : $"{edge.Point}@{number}");
        FaultVessel vessel = edge.OnCat ? bench.Cat : bench.Ship;
        vessel.Relay!.Arm(edge.Asked is null ? null : new Trip(edge.Asked, edge.Moment, number, () =>
        {
            tripped = true;
            return daemon.KillAsync();
        }));
        if (edge is { Point: null, Asked: null })
        {
            await bench.UntilAsync(() => daemon.Said("Watching") || !daemon.Runs, "the daemon watches");
            bench.PutMix(tiny: 1);
            await daemon.KillAsync();
            return true;
        }

        await DeathAsync(bench, daemon);
        vessel.Relay.Arm(null);
        bool died = !daemon.Runs;
        await daemon.KillAsync();
        return edge.Asked is null ? died : tripped;
    }

    private static async Task DeathAsync(KillBench bench, RunningDaemon daemon)
    {
        bool replaced = false;
        long since = 0;
        await bench.WhileItMovesAsync(
            () =>
            {
                replaced = replaced || bench.TryReplace();
                since = bench.AllArchived ? since == 0 ? TimeProvider.System.GetTimestamp() : since : 0;
                return !daemon.Runs || (since != 0 && TimeProvider.System.GetElapsedTime(since) > AfterTheLast);
            },
            "the daemon dies, or has nothing more to do");
    }
}
