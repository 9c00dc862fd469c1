using ContentMonster.Sftp.Process;

if (AskpassHelper.IsCalled(args))
{
    return AskpassHelper.Run(args[0]);
}

return 0;
