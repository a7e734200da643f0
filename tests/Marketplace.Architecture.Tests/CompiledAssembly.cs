using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Marketplace.Architecture.Tests;

/// <param name="Namespace">Of the outermost type.</param>
/// <param name="Name">Without the arity mark of generics.</param>
/// <param name="Interfaces">Names of the interfaces it declares, as <c>Namespace.Name</c>.</param>
internal sealed record CompiledType(string Namespace, string Name, bool IsPublic, bool IsInterface, IReadOnlyList<string> Interfaces)
{
    public string FullName => $"{Namespace}.{Name}";
}

/// <summary>What the rules need to know of one assembly, read from its metadata without loading it.</summary>
/// <param name="References">Names of the referenced assemblies of ours.</param>
/// <param name="Calls">Members of other assemblies it uses, as documentation ids: <c>M:System.Guid.NewGuid</c>.</param>
/// <param name="ForeignTypes">Types of other assemblies it uses, as <c>Assembly:Namespace</c>.</param>
internal sealed record CompiledAssembly(
    string Name,
    IReadOnlyList<string> References,
    IReadOnlyList<CompiledType> Types,
    IReadOnlySet<string> Calls,
    IReadOnlySet<string> ForeignTypes
)
{
    /// <returns>Null when the project has not been built there.</returns>
    public static CompiledAssembly? Find(string projectFile, string[] output)
    {
        var name = Path.GetFileNameWithoutExtension(projectFile);
        var file = Path.Combine([Path.GetDirectoryName(projectFile)!, "bin", .. output, name + ".dll"]);
        return File.Exists(file) ? Read(file) : null;
    }

    public static CompiledAssembly Read(string file)
    {
        using var stream = File.OpenRead(file);
        using var image = new PEReader(stream);
        var reader = image.GetMetadataReader();
        return new CompiledAssembly(
            Path.GetFileNameWithoutExtension(file),
            reader
                .AssemblyReferences.Select(handle => reader.GetString(reader.GetAssemblyReference(handle).Name))
                .Where(name => name.StartsWith("Marketplace.", StringComparison.Ordinal))
                .ToList(),
            reader.TypeDefinitions.Select(handle => TypeOf(reader, handle)).OfType<CompiledType>().ToList(),
            reader.MemberReferences.Select(handle => DocumentationId.Of(reader, handle)).OfType<string>().ToHashSet(StringComparer.Ordinal),
            reader.TypeReferences.Select(handle => OriginOf(reader, handle)).OfType<string>().ToHashSet(StringComparer.Ordinal)
        );
    }

    private static string? OriginOf(MetadataReader reader, TypeReferenceHandle handle)
    {
        var type = reader.GetTypeReference(handle);
        return type.ResolutionScope.Kind == HandleKind.AssemblyReference
            ? $"{reader.GetString(reader.GetAssemblyReference((AssemblyReferenceHandle)type.ResolutionScope).Name)}:{reader.GetString(type.Namespace)}"
            : null;
    }

    private static CompiledType? TypeOf(MetadataReader reader, TypeDefinitionHandle handle)
    {
        var type = reader.GetTypeDefinition(handle);
        var name = reader.GetString(type.Name);
        // What the compiler made up is not a name anybody chose.
        if (name.Contains('<', StringComparison.Ordinal))
            return null;
        var visible = true;
        var outermost = type;
        for (var current = type; ; current = reader.GetTypeDefinition(current.GetDeclaringType()))
        {
            visible &= (current.Attributes & TypeAttributes.VisibilityMask) is TypeAttributes.Public or TypeAttributes.NestedPublic;
            outermost = current;
            if (!current.IsNested)
                break;
        }
        var interfaces = type.GetInterfaceImplementations()
            .Select(item => NameOf(reader, reader.GetInterfaceImplementation(item).Interface))
            .OfType<string>();
        return new CompiledType(
            reader.GetString(outermost.Namespace),
            name.Split('`')[0],
            visible,
            type.Attributes.HasFlag(TypeAttributes.Interface),
            interfaces.ToList()
        );
    }

    private static string? NameOf(MetadataReader reader, EntityHandle handle) =>
        handle.Kind switch
        {
            HandleKind.TypeDefinition => NameOf(reader, reader.GetTypeDefinition((TypeDefinitionHandle)handle)),
            HandleKind.TypeReference => NameOf(reader, reader.GetTypeReference((TypeReferenceHandle)handle)),
            HandleKind.TypeSpecification => reader
                .GetTypeSpecification((TypeSpecificationHandle)handle)
                .DecodeSignature(DocumentationId.Names, null)
                .Split('{')[0],
            _ => null,
        };

    private static string NameOf(MetadataReader reader, TypeDefinition type) =>
        $"{reader.GetString(type.Namespace)}.{reader.GetString(type.Name).Split('`')[0]}";

    private static string NameOf(MetadataReader reader, TypeReference type) =>
        $"{reader.GetString(type.Namespace)}.{reader.GetString(type.Name).Split('`')[0]}";
}
