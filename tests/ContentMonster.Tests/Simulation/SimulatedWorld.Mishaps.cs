using ContentMonster.Model;
using ContentMonster.Planning;
using ContentMonster.Vessels;

namespace ContentMonster.Tests.Simulation;

/// <content>What happens in it, drawn from the seed.</content>
internal sealed partial class SimulatedWorld
{
    private static readonly string[] Names = ["a", "b", "d/c", "d/e/f", "g h", "d/ü", "k", "l"];
    private static readonly int[] Sizes = [0, 1, 17, ChunkSize - 1, ChunkSize, ChunkSize + 1, 2 * ChunkSize, 150, 240];

    private SimulatedHost NewHost(string name)
    {
        VerifiedBy proof = Chance.Next(8) switch { 0 => VerifiedBy.Nothing, 1 => VerifiedBy.Readback, _ => VerifiedBy.RemoteHash };
        bool shell = proof == VerifiedBy.RemoteHash;
        int place = Chance.Next(8);
        bool hidesBoot = !shell || Chance.Next(6) == 0;
        var host = new SimulatedHost(name, Clock, Chance, Note)
        {
            Facts = new VesselFacts
            {
                Proof = proof, HasShell = shell, HashTool = shell ? "simulated" : null, BootId = hidesBoot ? "" : "boot 0", CanSync = Chance.Next(8) > 0, CanReplace = Chance.Next(6) > 0,
                Extensions = SimulatedHost.SimulatedExtensions,
                ProofPlan = shell && place is 2 or > 4 ? new ProofPlan(long.MaxValue, 0, place > 5 ? 1 : double.PositiveInfinity) : ProofPlan.ChunkByChunk,
            },
            HidesBootId = hidesBoot,
            InPieces = shell && place == 0,
            TempFolder = place < 3 ? BytePath.FromText("/tmp/cm/shore") : null,
            TempIsElsewhere = place == 1,
            MostLanes = Chance.Next(1, 5),
            Misfortune = Chance.NextDouble() * Chance.NextDouble() * 0.04,
            SlowestAnswer = TimeSpan.FromMilliseconds(Chance.Next(5, 300)),
        };
        host.Watch = (path, file) => Look(host, path, file);
        return host;
    }

    private async Task HappenAsync()
    {
        SimulatedHost host = Hosts[Chance.Next(Hosts.Count)];
        switch (Chance.Next(16))
        {
            case 0 or 1:
                Put();
                break;
            case 2:
                Rewrite(inPlace: true);
                break;
            case 3:
                Rewrite(inPlace: false);
                break;
            case 4:
                Delete();
                break;
            case 5 or 6:
                host.BreakAll();
                break;
            case 7:
                host.BreakOne();
                break;
            case 8:
                await RefuseAsync(host, FailureKind.Unreachable);
                break;
            case 9 when host.Facts.CanSync && host.Facts.Proof != VerifiedBy.Nothing:
                host.CutPower();
                await RefuseAsync(host, FailureKind.Unreachable);
                break;
            case 10:
                host.WipeParts();
                break;
            case 11:
                host.IsFull = true;
                Note($"{host.Name} is full");
                await Task.Delay(TimeSpan.FromSeconds(Chance.Next(1, 10)), Clock, CancellationToken.None);
                host.IsFull = false;
                Note($"{host.Name} has room");
                break;
            case 12 when host.Facts.Proof != VerifiedBy.Nothing:
                host.Lies = Chance.Next(1, 7);
                break;
            case 13 or 14:
                await RestartDaemonAsync();
                break;
            default:
                break;
        }
    }

    private async Task RefuseAsync(SimulatedHost host, FailureKind kind)
    {
        Note($"{host.Name} {kind}");
        host.Refusal = kind;
        host.BreakAll();
        await Task.Delay(TimeSpan.FromSeconds(Chance.NextDouble() * 9), Clock, CancellationToken.None);
        host.Refusal = null;
        Note($"{host.Name} can be reached");
    }

    private async Task RestartDaemonAsync()
    {
        Note("the daemon is killed");
        Hosts.ForEach(host => host.ForgiveUnsaved(ChunkSize));
        await _life!.KillAsync();
        await Task.Delay(TimeSpan.FromSeconds(Chance.NextDouble() * 3), Clock, CancellationToken.None);
        Note("the daemon starts");
        _life = new DaemonLife(this);
    }

    private void Calm()
    {
        Note("no more mishaps");
        foreach (SimulatedHost host in Hosts)
        {
            (host.Misfortune, host.Refusal, host.IsFull, host.Lies) = (0, null, false, 0);
        }
    }

    private void Put()
    {
        string name = Names[Chance.Next(Names.Length)];
        Write(name);
    }

    private void Rewrite(bool inPlace)
    {
        if (Standing() is { } name)
        {
            if (!inPlace)
            {
                File.Delete(PathOf(name));
            }

            Write(name);
        }
    }

    private void Delete()
    {
        if (Standing() is { } name)
        {
            Note($"shore deletes {name}");
            File.Delete(PathOf(name));
            _last.Remove(name);
            _changed.Ring();
        }
    }

    private string? Standing()
    {
        string[] standing = [.. Names.Where(name => File.Exists(PathOf(name)))];
        return standing.Length == 0 ? null : standing[Chance.Next(standing.Length)];
    }

    private void Write(string name)
    {
        byte[] content = new byte[Sizes[Chance.Next(Sizes.Length)]];
        Chance.NextBytes(content);
        Note($"shore writes {name} {content.Length}");
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(name))!);
        File.WriteAllBytes(PathOf(name), content);

        // The kernel's own clock ticks too slowly to tell two writes of a simulated second apart.
        File.SetLastWriteTimeUtc(PathOf(name), Clock.GetUtcNow().UtcDateTime.AddSeconds(-1).AddMicroseconds(++_puts));
        if (!_contents.TryGetValue(name, out List<string>? contents))
        {
            _contents.Add(name, contents = []);
        }

        contents.Add(HashOf(content));
        _last[name] = contents[^1];
        _needed += content.Length;
        _changed.Ring();
    }

    private string PathOf(string name) => Path.Combine(_folder, name);
}
