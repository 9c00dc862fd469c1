namespace ContentMonster.Shore;

/// <summary>Newer system calls that a kernel, a file system or a container's filter may refuse; each has a slower way that is as safe.</summary>
internal sealed record LinuxAbilities(bool OpenBeneath, bool RenameWithoutReplacing)
{
    public static LinuxAbilities All { get; } = new(OpenBeneath: true, RenameWithoutReplacing: true);
}
