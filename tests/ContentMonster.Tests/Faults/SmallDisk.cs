using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Faults;

/// <summary>A tmpfs of a given size, unmounted at the end; root only.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly string _place;

    public SmallDisk(string place, string size)
    {
        _place = Directory.CreateDirectory(place).FullName;
        Posix.Run("mount", "-t", "tmpfs", "-o", $"size={size},mode=0755", "none", _place);
    }

    /// <summary>Writes this file until nothing is left.</summary>
    public void Fill(string file)
    {
        using FileStream stream = File.Create(file, bufferSize: 1);
        byte[] page = new byte[4096];
        try
        {
            while (true)
            {
                stream.Write(page);
            }
        }
        catch (IOException)
        {
            // Full, as wished.
        }
    }

    public void Dispose() => Posix.Run("umount", "-l", _place);
}
