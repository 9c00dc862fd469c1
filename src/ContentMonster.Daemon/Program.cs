using ContentMonster.Daemon.Commands;
using ContentMonster.Daemon.Hosting;
using ContentMonster.Sftp.Process;

if (SocketOpener.IsCalled(args))
{
    return await SocketOpener.RunAsync();
}

OwnProcess.KeepMemoryPrivate();
OwnProcess.ShareNativeHeaps();
if (AskpassCaller.IsCalled(args))
{
    return AskpassCaller.Run(args[0]);
}

using var signals = new StopSignals(TimeProvider.System, Environment.Exit);
signals.Listen();
var context = new CommandContext(Rooms.Real, Screen.OfProcess(), TimeProvider.System, Environment.GetEnvironmentVariable);
return await CommandLine.RunAsync(args, context, signals.Token);
