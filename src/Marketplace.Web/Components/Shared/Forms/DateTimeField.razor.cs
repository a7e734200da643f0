using System.Globalization;
using Microsoft.AspNetCore.Components;

namespace Marketplace.Web.Components.Shared.Forms;

/// <summary>A moment, shown and typed in the person's own time zone and handed on as an instant in UTC.</summary>
public partial class DateTimeField
{
    /// <summary>False asks for a day only; the value is its midnight.</summary>
    [Parameter]
    public bool WithTime { get; set; } = true;

    [Parameter]
    public DateTimeOffset? Min { get; set; }

    [Parameter]
    public DateTimeOffset? Max { get; set; }

    private string Pattern => WithTime ? "yyyy-MM-dd'T'HH:mm" : "yyyy-MM-dd";

    private string? Write(DateTimeOffset? moment) =>
        moment is { } at ? Clock.ToLocal(at).ToString(Pattern, CultureInfo.InvariantCulture) : null;

    // The browser hands over a wall-clock time or nothing. In the hour that a clock change skips or repeats, the zone's offset decides.
    private Task OnChangeAsync(ChangeEventArgs e) =>
        DateTime.TryParse(e.Value as string, CultureInfo.InvariantCulture, out var wall)
            ? ChangeAsync(new DateTimeOffset(wall, Clock.Zone.GetUtcOffset(wall)).ToUniversalTime())
            : ChangeAsync(null);
}
