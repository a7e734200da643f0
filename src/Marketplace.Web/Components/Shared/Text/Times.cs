using System.Globalization;
using Marketplace.Web.Localization;
using Microsoft.Extensions.Localization;

namespace Marketplace.Web.Components.Shared.Text;

/// <summary>Which part of a moment is written.</summary>
public enum TimeStyle
{
    /// <summary>12 Nov 2026, 14:09</summary>
    DateTime,

    /// <summary>12 Nov 2026</summary>
    Date,

    /// <summary>14:09:42</summary>
    Time,

    /// <summary>Thu 14:11</summary>
    DayTime,

    /// <summary>15 Nov</summary>
    Day,
}

/// <summary>Dates, ages and durations in words.</summary>
public static class Times
{
    /// <summary>Formats a moment that is already local.</summary>
    public static string Format(DateTimeOffset local, TimeStyle style)
    {
        var culture = CultureInfo.CurrentCulture;
        var pattern = (style, CultureModule.IsChinese) switch
        {
            (TimeStyle.DateTime, true) => "yyyy 年 M 月 d 日 HH:mm",
            (TimeStyle.DateTime, false) => "d MMM yyyy, HH:mm",
            (TimeStyle.Date, true) => "yyyy 年 M 月 d 日",
            (TimeStyle.Date, false) => "d MMM yyyy",
            (TimeStyle.Day, true) => "M 月 d 日",
            (TimeStyle.Day, false) => "d MMM",
            (TimeStyle.DayTime, _) => "ddd HH:mm",
            _ => "HH:mm:ss",
        };
        return local.ToString(pattern, culture);
    }

    /// <summary>Formats a day of no time zone.</summary>
    public static string Day(DateOnly day) => Format(new DateTimeOffset(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero), TimeStyle.Date);

    /// <summary>The same moment in UTC, for a tooltip: <c>2026-11-12 06:09:42 UTC</c>.</summary>
    public static string Utc(DateTimeOffset moment) =>
        moment.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    /// <summary>How long ago, or how far ahead: <c>6 s ago</c>, <c>in 3 h</c>.</summary>
    public static string Relative(DateTimeOffset moment, DateTimeOffset now, IStringLocalizer<SharedText> text)
    {
        var gap = now - moment;
        return gap >= TimeSpan.Zero ? text["Time.Ago", Duration(gap, text)] : text["Time.In", Duration(gap.Negate(), text)];
    }

    /// <summary>One or two units: <c>42 s</c>, <c>6 min</c>, <c>3 h 5 min</c>, <c>2 d 4 h</c>.</summary>
    public static string Duration(TimeSpan span, IStringLocalizer<SharedText> text)
    {
        string Part(string unit, int value) => text["Time." + unit, value];
        return span switch
        {
            { TotalSeconds: < 60 } => Part("S", (int)span.TotalSeconds),
            { TotalMinutes: < 60 } => Part("Min", (int)span.TotalMinutes),
            { TotalHours: < 24 } when span.Minutes == 0 => Part("H", (int)span.TotalHours),
            { TotalHours: < 24 } => Part("H", (int)span.TotalHours) + " " + Part("Min", span.Minutes),
            _ when span.Hours == 0 => Part("D", (int)span.TotalDays),
            _ => Part("D", (int)span.TotalDays) + " " + Part("H", span.Hours),
        };
    }
}
