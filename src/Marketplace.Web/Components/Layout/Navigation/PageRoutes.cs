using System.Collections.Frozen;
using System.Reflection;
using Microsoft.AspNetCore.Components;

namespace Marketplace.Web.Components.Layout.Navigation;

/// <summary>The routes of the pages in this assembly, so that the rail has no dead link.</summary>
internal static class PageRoutes
{
    private static readonly FrozenSet<string> Templates = typeof(PageRoutes)
        .Assembly.GetTypes()
        .SelectMany(type => type.GetCustomAttributes<RouteAttribute>(inherit: false))
        .Select(route => route.Template)
        .ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    public static bool Exists(string href) => Templates.Contains(href);
}
