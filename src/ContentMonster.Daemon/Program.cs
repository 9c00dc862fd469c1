using ContentMonster.Daemon.Commands;
using ContentMonster.Daemon.Hosting;

OwnProcess.KeepMemoryPrivate();
using var signals = new StopSignals(TimeProvider.System, Environment.Exit);
signals.Listen();
var context = new CommandContext(Rooms.Real, Screen.OfProcess(), TimeProvider.System, Environment.GetEnvironmentVariable);
return await CommandLine.RunAsync(args, context, signals.Token);
