using ContentMonster.Model;

namespace ContentMonster.Tests.Simulation;

/// <content>One thing goes wrong, and for long.</content>
internal sealed partial class SimulatedWorld
{
    private const int MostConnects = 60;
    private const int MostLogins = 4;

    /// <summary>The first vessel refuses all connections for an hour, while new files come; the others go on.</summary>
    public async Task RunHourAsync(FailureKind refusal)
    {
        Hosts.ForEach(host => host.Misfortune = 0);
        Hosts[0].Refusal = refusal;
        await BeginAsync();
        try
        {
            for (int minute = 0; minute < 60; minute++)
            {
                Put();
                await Task.Delay(TimeSpan.FromMinutes(1), Clock, CancellationToken.None);
            }

            int most = refusal == FailureKind.LoginRefused ? MostLogins : MostConnects;
            if (Hosts[0].Connects > most)
            {
                Fail($"{Hosts[0].Connects} connects in an hour");
            }

            Note($"{Hosts[0].Connects} connects");
            Calm();
            _life!.Retry();
            await RestAsync();
        }
        finally
        {
            await _life!.KillAsync();
        }
    }
}
