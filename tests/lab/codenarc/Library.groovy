import java.lang.annotation.ElementType
import java.lang.annotation.Retention
import java.lang.annotation.RetentionPolicy
import java.lang.annotation.Target

/** Stands for the annotation of Jenkins, without which a Jenkinsfile does not compile. */
@Retention(RetentionPolicy.RUNTIME)
@Target([ElementType.LOCAL_VARIABLE, ElementType.PACKAGE, ElementType.TYPE, ElementType.FIELD])
@interface Library {
    String[] value() default []
}
