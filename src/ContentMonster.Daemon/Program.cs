using ContentMonster.Daemon.Commands;
using ContentMonster.Daemon.Hosting;
using ContentMonster.Sftp.Process;

if (AskpassHelper.IsCalled(args))
{
    return AskpassHelper.Run(args[0]);
}

OwnProcess.KeepMemoryPrivate();
using var signals = new StopSignals(TimeProvider.System, Environment.Exit);
signals.Listen();
var context = new CommandContext(Rooms.Real, Screen.OfProcess(), TimeProvider.System, Environment.GetEnvironmentVariable);
return await CommandLine.RunAsync(args, context, signals.Token);
