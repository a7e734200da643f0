using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace Marketplace.Platform.Data;

/// <summary>PostgreSQL names: <c>PriceMicros</c> is the column <c>price_micros</c>; enums are stored as text, so that a row explains itself.</summary>
internal static class SnakeCase
{
    public static void Apply(IMutableEntityType type)
    {
        if (!type.IsOwned() && type.GetTableName() is { } table && type.FindAnnotation("Relational:TableName") is null)
            type.SetTableName(Of(table));
        foreach (IMutableProperty property in type.GetProperties())
        {
            if (property.FindAnnotation("Relational:ColumnName") is null && !type.IsMappedToJson())
                property.SetColumnName(Of(property.Name));
            Type clr = Nullable.GetUnderlyingType(property.ClrType) ?? property.ClrType;
            if (
                clr.IsEnum
                && property.GetValueConverter() is null
                && property.GetProviderClrType() is null
                && !clr.IsDefined(typeof(FlagsAttribute), false)
            )
                property.SetProviderClrType(typeof(string));
        }
    }

    public static string Of(string name)
    {
        var text = new StringBuilder(name.Length + 8);
        for (int i = 0; i < name.Length; i++)
        {
            char c = name[i];
            if (
                char.IsUpper(c)
                && i > 0
                && (
                    char.IsLower(name[i - 1])
                    || char.IsDigit(name[i - 1])
                    || (i + 1 < name.Length && char.IsLower(name[i + 1]) && name[i - 1] != '_')
                )
            )
                text.Append('_');
            text.Append(char.ToLowerInvariant(c));
        }
        return text.ToString();
    }
}
