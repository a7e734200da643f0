using System.Runtime.CompilerServices;
using System.Runtime.Loader;

namespace Marketplace.Web.Tests;

/// <summary>AngleSharp.Diffing is not in the dependency file, so the runtime has to be told where it lies.</summary>
internal static class ResolveDiffing
{
    [ModuleInitializer]
    internal static void Hook() =>
        AssemblyLoadContext.Default.Resolving += (context, name) =>
            name.Name == "AngleSharp.Diffing"
                ? context.LoadFromAssemblyPath(Path.Combine(AppContext.BaseDirectory, "diffing", "AngleSharp.Diffing.dll"))
                : null;
}
