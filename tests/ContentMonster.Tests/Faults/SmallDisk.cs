using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Faults;

/// <summary>A tmpfs of a given size, unmounted at the end; root only.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly string _place;
    private bool _mounted;

    /// <param name="place">Made if it is missing.</param>
    /// <param name="size">As tmpfs takes it; further options after commas.</param>
    public SmallDisk(string place, string size)
    {
        _place = Directory.CreateDirectory(place).FullName;
        Posix.Run("mount", "-t", "tmpfs", "-o", $"size={size},mode=0755", "none", _place);
        _mounted = true;
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

    /// <summary>As `umount -l`: the empty mount point appears.</summary>
    public void Unmount()
    {
        Posix.Run("umount", "-l", _place);
        _mounted = false;
    }

    public void Dispose()
    {
        if (_mounted)
        {
            Unmount();
        }
    }
}
