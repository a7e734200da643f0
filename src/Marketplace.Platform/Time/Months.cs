namespace Marketplace.Platform.Time;

/// <summary>The month that charges, invoices, statements and minimum takes are counted by.</summary>
public static class Months
{
    /// <summary>The first moment of the calendar month, in UTC, that a moment lies in.</summary>
    public static DateTimeOffset StartOfMonth(this DateTimeOffset moment)
    {
        DateTime utc = moment.UtcDateTime;
        return new DateTimeOffset(utc.Year, utc.Month, 1, 0, 0, 0, TimeSpan.Zero);
    }
}
