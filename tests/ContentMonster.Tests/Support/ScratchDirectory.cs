namespace ContentMonster.Tests.Support;

/// <summary>A directory of one test, removed after it.</summary>
internal sealed class ScratchDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("cm-test-").FullName;

    public string this[string below] => System.IO.Path.Combine(Path, below);

    /// <summary>Links are removed, not followed; names may be any bytes.</summary>
    public void Dispose() => Posix.Run("rm", "-rf", "--", Path);
}
