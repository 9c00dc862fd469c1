using ContentMonster.Model;

namespace ContentMonster.Watching;

/// <summary>struct inotify_event, without the cookie: a rename is a departure and an arrival here.</summary>
internal readonly record struct InotifyEvent(int Watch, uint Mask, BytePath Name);
