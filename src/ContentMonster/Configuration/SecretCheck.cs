namespace ContentMonster.Configuration;

/// <summary>Tells of files with secrets that others can read.</summary>
internal sealed class SecretCheck(ProblemList problems, ReadingPlace place, string path, UnixFileMode? mode, bool strict)
{
    public void Look(IReadOnlyList<IniSection> vessels)
    {
        if (place.Secrets == SecretReading.None)
        {
            return;
        }

        bool told = mode is null || !SecretRules.IsOpen(mode.Value, path, place);
        foreach (IniSection vessel in vessels)
        {
            foreach (IniEntry entry in vessel.Entries)
            {
                if (entry.Key.Equals("PasswordFile", StringComparison.OrdinalIgnoreCase))
                {
                    LookAtFile(vessel, entry);
                }
                else if (!told && entry.Key.ToUpperInvariant() is "PASSWORD" or "PASSPHRASE")
                {
                    told = true;
                    Tell(vessel, entry, $"This file holds secrets, and other users can read it. {SecretRules.HowToClose(path)}");
                }
            }
        }
    }

    private void LookAtFile(IniSection vessel, IniEntry entry)
    {
        string text;
        try
        {
            text = IniValue.Single(entry.Lines, static _ => { });
        }
        catch (BadValueException)
        {
            return;
        }

        if (text.Length > 0 && SecretRules.ReadableByOthers(text, place) is { } file)
        {
            Tell(vessel, entry, $"Other users can read the password file. {SecretRules.HowToClose(file)}");
        }
    }

    private void Tell(IniSection vessel, IniEntry entry, string message)
    {
        if (strict)
        {
            problems.Error(entry.Line, vessel.Header, entry.Key, message + " (StrictModes = yes makes this an error).");
        }
        else
        {
            problems.Warn(entry.Line, vessel.Header, entry.Key, message + ".");
        }
    }
}
