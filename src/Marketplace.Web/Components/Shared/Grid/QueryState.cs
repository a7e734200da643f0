using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;
using Microsoft.AspNetCore.WebUtilities;

namespace Marketplace.Web.Components.Shared.Grid;

/// <summary>
/// The query of the current URL, as the home of filters, sorting, paging and tabs: a list can be bookmarked, shared and reloaded.
/// One per circuit.
/// </summary>
public sealed class QueryState : IDisposable
{
    private readonly NavigationManager _navigation;

    public QueryState(NavigationManager navigation)
    {
        _navigation = navigation;
        _navigation.LocationChanged += OnLocationChanged;
    }

    /// <summary>Raised when the URL changed, by whomever.</summary>
    public event Action? Changed;

    /// <summary>All parameters that have a value. The last one wins.</summary>
    public IReadOnlyDictionary<string, string> All =>
        QueryHelpers
            .ParseQuery(_navigation.ToAbsoluteUri(_navigation.Uri).Query)
            .Where(pair => !string.IsNullOrEmpty(pair.Value))
            .ToDictionary(pair => pair.Key, pair => pair.Value[^1]!, StringComparer.Ordinal);

    public string? Get(string key) => All.GetValueOrDefault(key);

    /// <summary>A whole number of at least <paramref name="least"/>, or the default.</summary>
    public int GetInt(string key, int @default, int least = 1) =>
        int.TryParse(Get(key), System.Globalization.CultureInfo.InvariantCulture, out var value) && value >= least ? value : @default;

    /// <summary>Sets one parameter; null removes it.</summary>
    public void Set(string key, string? value) => Set(new Dictionary<string, string?>(StringComparer.Ordinal) { [key] = value });

    /// <summary>Sets several at once in one history entry's place.</summary>
    public void Set(IReadOnlyDictionary<string, string?> changes)
    {
        var target = _navigation.GetUriWithQueryParameters(
            changes.ToDictionary(pair => pair.Key, pair => (object?)pair.Value, StringComparer.Ordinal)
        );
        if (target != _navigation.Uri)
        {
            _navigation.NavigateTo(target, replace: true);
        }
    }

    /// <summary>The current page with one parameter changed, for links.</summary>
    public string Link(string key, string? value) => _navigation.GetUriWithQueryParameter(key, value);

    public void Dispose() => _navigation.LocationChanged -= OnLocationChanged;

    private void OnLocationChanged(object? sender, LocationChangedEventArgs e) => Changed?.Invoke();
}
